package sallyport.credentials.acme;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.challenge.Challenge;
import org.shredzone.acme4j.challenge.Http01Challenge;
import org.shredzone.acme4j.challenge.TlsAlpn01Challenge;

/** Open challenges, which are answered for no longer than authorities may ask. */
final class ActiveChallenges {
  /** Handle that withdraws a promise. */
  interface Promise extends AutoCloseable {
    @Override
    void close();
  }

  private record Page(String host, String text) {}

  private final Map<String, Page> pages = new ConcurrentHashMap<>();
  private final CertificateInstaller installer;

  ActiveChallenges(CertificateInstaller installer) {
    this.installer = installer;
  }

  /**
   * @param name that the authority asks about, lower case
   */
  Promise to(Challenge challenge, String name) throws OrderFailedException {
    return switch (challenge) {
      case Http01Challenge http -> {
        pages.put(http.getToken(), new Page(name, http.getAuthorization()));
        yield () -> pages.remove(http.getToken());
      }
      case TlsAlpn01Challenge tls -> {
        ChallengeCertificate shown = ChallengeCertificate.of(name, tls.getAcmeValidation());
        installer.promise(name, shown.key(), shown.certificate());
        yield () -> installer.withdraw(name);
      }
      default ->
          throw new OrderFailedException(
              "protocol", "no challenge of ours: " + challenge.getType());
    };
  }

  @Nullable String page(String host, String token) {
    Page page = pages.get(token);
    return page == null || !page.host().equals(host) ? null : page.text();
  }
}
