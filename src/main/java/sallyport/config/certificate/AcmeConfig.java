package sallyport.config.certificate;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.config.problem.ConfigLocation;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;
import sallyport.config.setting.Section;

/**
 * Account at an authority that issues certificates automatically (RFC 8555).
 *
 * @param name the key below {@code gateway.acme}; a metric tag and a log field
 * @param directory of the authority; https
 * @param contact URIs by which the authority may reach people, mostly mailto; may be empty
 * @param folder where the account's key and its certificates are kept, below the store that the
 *     configuration names: one for each directory, so that another authority begins with an empty
 *     one
 * @param passphrase that the keys there are encrypted under
 * @param trust who may vouch for the directory's own host; null for those whom the JDK trusts
 * @param externalAccount how the authority knows the gateway's owner; null where it need not
 */
public record AcmeConfig(
    String name,
    URI directory,
    List<String> contact,
    Path folder,
    SecretConfig passphrase,
    Challenge challenge,
    @Nullable TrustConfig trust,
    @Nullable ExternalAccount externalAccount,
    @Section("renew") Renewal renewal,
    ConfigLocation location) {

  /** Kind of proof that the gateway controls a name. */
  public enum Challenge {
    /** By a certificate that the TLS listeners show for this purpose alone (RFC 8737). */
    TLS_ALPN_01("tls-alpn-01"),
    /** By a page of the plain listeners (RFC 8555 section 8.3). */
    HTTP_01("http-01");

    private final String label;

    Challenge(String label) {
      this.label = label;
    }

    /** As the RFCs name it. */
    public String label() {
      return label;
    }
  }

  /**
   * An account that the authority's customer has there already, by other means (RFC 8555 section
   * 7.3.4).
   *
   * @param keyId what the authority calls the key; ASCII
   * @param macKey of 32 octets or more, in base64
   */
  public record ExternalAccount(String keyId, SecretConfig macKey, ConfigLocation location) {}

  /**
   * Times of renewal.
   *
   * @param lifetimeLeft the part of a certificate's lifetime that is left then, 0 to 1, where the
   *     authority does not suggest a time itself (RFC 9773)
   * @param check how often the authority is asked for its suggestion, where it does not say
   * @param retryFirst how long after a failure it is tried again; twice as long after each further
   * @param retryLongest the longest that this becomes
   */
  public record Renewal(
      double lifetimeLeft,
      @Limit(
              key = "check",
              min = "1s",
              max = "1d",
              looser = Looser.NEVER,
              reason = "a change needs a restart")
          Duration check,
      @Limit(
              key = "retry-first",
              min = "100ms",
              max = "1d",
              looser = Looser.NEVER,
              reason = "a change needs a restart")
          Duration retryFirst,
      @Limit(
              key = "retry-longest",
              min = "100ms",
              max = "1d",
              looser = Looser.NEVER,
              reason = "a change needs a restart")
          Duration retryLongest) {}

  /** The account's key: encrypted PKCS#8, in PEM. */
  public Path keyFile() {
    return folder.resolve("account.key");
  }
}
