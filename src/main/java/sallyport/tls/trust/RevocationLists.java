package sallyport.tls.trust;

import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import sallyport.config.certificate.CrlConfig;
import sallyport.config.certificate.TrustConfig;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.revocation.Revocation;
import sallyport.credentials.revocation.ocsp.Ocsp;
import sallyport.credentials.rotation.Rotatable;
import sallyport.credentials.rotation.Rotation;
import sallyport.observe.metrics.RevocationMetrics;

/**
 * The revocation lists of a listener's clients or of a backend. They rotate for themselves, so that
 * a key that does not open keeps no list from being taken up.
 */
public final class RevocationLists implements Rotatable {
  private final String use;
  private final String owner;
  private final String name;
  private final TrustConfig config;
  private final Ocsp ocsp;
  private final RevocationMetrics metrics;
  private final Supplier<@Nullable StrictTrustManager> trust;

  /**
   * @param use {@code client-crls} or {@code backend-crls}
   * @param owner for people, such as {@code listener https}
   * @param trust that goes by them, as it is in use
   */
  public RevocationLists(
      String use,
      String owner,
      String name,
      TrustConfig config,
      Ocsp ocsp,
      RevocationMetrics metrics,
      Supplier<@Nullable StrictTrustManager> trust) {
    this.use = use;
    this.owner = owner;
    this.name = name;
    this.config = config;
    this.ocsp = ocsp;
    this.metrics = metrics;
    this.trust = trust;
  }

  @Override
  public String use() {
    return use;
  }

  @Override
  public String description() {
    return "revocation lists of " + owner;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public List<Path> files() {
    return config.revocation().crls().stream().map(CrlConfig::file).toList();
  }

  @Override
  public Rotation rotate(KeyOpener keys, Clock clock, boolean mayLoosen) {
    while (true) {
      StrictTrustManager inUse = trust.get();
      if (inUse == null) {
        return new Rotation.Unchanged();
      }
      List<String> problems = new ArrayList<>();
      Revocation before = inUse.revocation();
      Revocation after =
          Revocation.load(
              config.revocation(), inUse.authorities().atFirst(), ocsp, metrics, clock, problems);
      if (!problems.isEmpty()) {
        return Rotation.Refused.unusable(problems);
      }
      if (after.sameAs(before)) {
        return new Rotation.Unchanged();
      }
      List<String> loosened = after.behind(before);
      if (!mayLoosen && !loosened.isEmpty()) {
        loosened.forEach(what -> problems.add(config.location().problem(what)));
        return Rotation.Refused.forbidden(problems);
      }
      inUse.use(after);
      // A trust file that was rotated meanwhile has other authorities, which vouch for the lists.
      if (inUse.equals(trust.get())) {
        after.watch();
        return new Rotation.Done(before.digests(), after.digests(), loosened);
      }
    }
  }
}
