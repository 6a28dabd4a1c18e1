package sallyport.tls.rotation;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import sallyport.config.certificate.CrlConfig;
import sallyport.config.certificate.TrustConfig;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.revocation.Revocation;
import sallyport.credentials.rotation.Rotatable;
import sallyport.credentials.rotation.Rotation;
import sallyport.tls.trust.StrictTrustManager;

/**
 * Revocation lists of a listener's clients or of a backend. They rotate separately, so that a key
 * that does not open keeps no list from being taken up.
 *
 * <p>Any thread; one rotation at a time.
 */
final class RevocationLists implements Rotatable {
  private final Side side;
  private final String name;
  private final TrustConfig config;
  private final TlsServices services;
  private final Supplier<@Nullable StrictTrustManager> trust;

  /**
   * @param trust what goes by the lists, as it is in use
   */
  RevocationLists(
      Side side,
      String name,
      TrustConfig config,
      TlsServices services,
      Supplier<@Nullable StrictTrustManager> trust) {
    this.side = side;
    this.name = name;
    this.config = config;
    this.services = services;
    this.trust = trust;
  }

  @Override
  public Kind kind() {
    return side.lists;
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
  public Rotation rotate(KeyOpener keys, boolean mayLoosen) {
    while (true) {
      StrictTrustManager inUse = trust.get();
      if (inUse == null) {
        return new Rotation.Unchanged();
      }
      List<String> problems = new ArrayList<>();
      Revocation before = inUse.revocation();
      Revocation after =
          Revocation.load(
              config.revocation(),
              inUse.authorities().atFirst(),
              services.ocsp(),
              services.revocation(side, name),
              services.clock(),
              problems);
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
