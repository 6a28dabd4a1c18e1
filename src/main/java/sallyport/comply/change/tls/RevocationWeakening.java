package sallyport.comply.change.tls;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.comply.change.findings.WeakeningList;
import sallyport.config.certificate.CrlConfig;
import sallyport.config.certificate.RevocationConfig;
import sallyport.config.certificate.TrustConfig;

/** Loosened settings of revocation checks. */
public final class RevocationWeakening {
  private RevocationWeakening() {}

  /**
   * @param prefix of the keys, such as {@code tls.}
   */
  public static void find(
      String prefix,
      @Nullable TrustConfig old,
      @Nullable TrustConfig next,
      WeakeningList findings) {
    RevocationConfig before = old == null ? RevocationConfig.NONE : old.revocation();
    RevocationConfig after = next == null ? RevocationConfig.NONE : next.revocation();
    Set<Path> gone = files(before);
    gone.removeAll(files(after));
    gone.forEach(file -> findings.add(prefix + "revocation.crls leaves out " + file));
    if (!before.crls().isEmpty() && !after.crls().isEmpty()) {
      findings.looser(
          prefix + "revocation.mode",
          before.mode(),
          after.mode(),
          List.of(RevocationConfig.Mode.HARD, RevocationConfig.Mode.SOFT));
    }
    findings.looser(
        prefix + "revocation.ocsp",
        before.ocsp(),
        after.ocsp(),
        List.of(RevocationConfig.Ocsp.HARD, RevocationConfig.Ocsp.SOFT, RevocationConfig.Ocsp.OFF));
    if (before.ocsp() == RevocationConfig.Ocsp.SOFT && after.ocsp() == before.ocsp()) {
      // A peer without an answer by then is accepted.
      findings.lowered(
          prefix + "revocation.ocsp-timeout", before.ocspTimeout(), after.ocspTimeout());
    }
  }

  private static Set<Path> files(RevocationConfig config) {
    Set<Path> files = new LinkedHashSet<>();
    for (CrlConfig crl : config.crls()) {
      files.add(crl.file());
    }
    return files;
  }
}
