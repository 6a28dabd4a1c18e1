package sallyport.credentials.revocation.crl;

import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.config.certificate.CrlConfig;
import sallyport.credentials.sources.UnusableFile;

/**
 * Revocation lists of a listener or a backend.
 *
 * <p>Any thread; immutable.
 */
public final class Crls {
  private static final Logger LOG = LoggerFactory.getLogger(Crls.class);

  private final List<Crl> all;
  private final List<X509Certificate> authorities;
  private final Map<X500Principal, List<Crl>> byIssuer = new HashMap<>();

  private Crls(List<Crl> all, List<X509Certificate> authorities) {
    this.all = all;
    this.authorities = authorities;
    for (Crl crl : all) {
      byIssuer.computeIfAbsent(crl.issuer(), issuer -> new ArrayList<>()).add(crl);
    }
  }

  /**
   * Reads the files and verifies what the authorities have signed. A list of another issuer can
   * only be of an authority below them: it is verified when a peer brings that one's certificate.
   *
   * @param problems takes a line for everything that is wrong
   */
  public static Crls load(
      List<CrlConfig> files,
      List<X509Certificate> authorities,
      Clock clock,
      List<String> problems) {
    List<Crl> all = new ArrayList<>();
    for (CrlConfig file : files) {
      try {
        for (Crl crl : CrlFile.read(file.file())) {
          List<X509Certificate> signers = authorities.stream().filter(crl::mayBeOf).toList();
          if (signers.isEmpty()) {
            LOG.warn(
                "{}: {} is of none that is trusted; it counts once a peer brings the certificate of"
                    + " who signed it",
                file.location().path(),
                crl);
          } else if (signers.stream().noneMatch(crl::isSignedBy)) {
            problems.add(
                file.location()
                    .problem(
                        "'" + file.file() + "': " + crl + " was not signed by that authority"));
          }
          if (!crl.isCurrent(clock.instant())) {
            LOG.warn(file.location().problem(crl + " is not current: until " + crl.nextUpdate()));
          }
          all.add(crl);
        }
      } catch (UnusableFile unusable) {
        problems.add(file.location().problem(String.valueOf(unusable.getMessage())));
      }
    }
    return new Crls(List.copyOf(all), authorities);
  }

  public List<Crl> all() {
    return all;
  }

  public boolean isEmpty() {
    return all.isEmpty();
  }

  public boolean sameAs(Crls other) {
    return digests().equals(other.digests());
  }

  private Set<String> digests() {
    return all.stream().map(Crl::digest).collect(Collectors.toSet());
  }

  /** Describes what the other ones said and these do not any more. */
  public List<String> behind(Crls before) {
    List<String> behind = new ArrayList<>();
    for (Crl old : before.all) {
      List<Crl> issues = all.stream().filter(crl -> crl.isIssueOf(old)).toList();
      if (issues.isEmpty()) {
        behind.add(old + " is gone");
      } else if (issues.stream().allMatch(crl -> crl.isOlderThan(old))) {
        behind.add(issues.getFirst() + " is older than the one in use, " + old);
      }
    }
    return behind;
  }

  /**
   * Returns what the lists say of a chain that was verified.
   *
   * @param chain the leaf first; more than the path to an authority is no harm
   */
  public CrlFinding find(List<X509Certificate> chain, Instant now) {
    List<X509Certificate> path = Chains.path(chain, authorities);
    CrlFinding finding = listed(path);
    if (finding != null) {
      return finding;
    }
    for (X509Certificate certificate : path) {
      finding = unlisted(certificate, chain, now);
      if (!(finding instanceof CrlFinding.Good)) {
        return finding;
      }
    }
    return new CrlFinding.Good();
  }

  /**
   * Returns whether a certificate of a chain that was verified stands in a list, also where its
   * status is unknown otherwise.
   *
   * @param chain as for {@link #find}
   * @return null when none does
   */
  public CrlFinding.@Nullable Revoked findListed(List<X509Certificate> chain) {
    return listed(Chains.path(chain, authorities));
  }

  private CrlFinding.@Nullable Revoked listed(List<X509Certificate> path) {
    for (X509Certificate certificate : path) {
      X509CRLEntry entry = entry(certificate);
      if (entry != null) {
        return new CrlFinding.Revoked(
            certificate, entry.getRevocationDate().toInstant(), entry.getRevocationReason());
      }
    }
    return null;
  }

  /**
   * Returns the entry of a certificate, also from a list that is not current or whose signature
   * cannot be verified: only the operator provides lists.
   */
  private @Nullable X509CRLEntry entry(X509Certificate certificate) {
    for (Crl crl : byIssuer.getOrDefault(certificate.getIssuerX500Principal(), List.of())) {
      X509CRLEntry entry = crl.entry(certificate);
      if (entry != null) {
        return entry;
      }
    }
    return null;
  }

  /** Returns the finding on a certificate that no list has: good if a current list covers it. */
  private CrlFinding unlisted(
      X509Certificate certificate, List<X509Certificate> chain, Instant now) {
    String why = null;
    for (Crl crl : byIssuer.getOrDefault(certificate.getIssuerX500Principal(), List.of())) {
      if (!crl.speaksOf(certificate)) {
        why = crl + " does not speak of this certificate";
      } else if (!crl.isCurrent(now)) {
        why = crl + " is not current: until " + crl.nextUpdate();
      } else if (authorities.stream().noneMatch(crl::isSignedBy)
          && chain.stream().noneMatch(crl::isSignedBy)) {
        why = crl + " was not signed by who issued the certificate";
      } else {
        return new CrlFinding.Good();
      }
    }
    return new CrlFinding.Unknown(
        why != null ? why : "there is no CRL of " + certificate.getIssuerX500Principal().getName());
  }
}
