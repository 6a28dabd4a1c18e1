package sallyport.tls.server;

import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.credentials.certificates.KeyType;
import sallyport.logging.LogRateLimit;
import sallyport.tls.hello.OfferCheck;

/**
 * Description of the certificate that a listener lacks for a client that it refuses. Windows 7 and
 * Server 2012 R2 offer the suites of the policies for ECDSA certificates alone: they need one
 * beside a certificate with an RSA key.
 *
 * <p>Any thread.
 */
final class MissingCertificate {
  private static final Logger LOG = LoggerFactory.getLogger(MissingCertificate.class);

  private final LogRateLimit lines = new LogRateLimit();

  /**
   * Returns which kind of certificate would have served the client, for people; empty where none
   * would.
   *
   * @param shown kinds of the certificates for the name that the client asks for
   * @param offer has no refusal
   */
  static String describe(Set<KeyType> shown, OfferCheck offer) {
    Set<KeyType> helping = offer.wouldHelp(shown);
    return helping.isEmpty()
        ? ""
        : "the client can use a certificate with a key of %s, and there is one of %s alone"
            .formatted(labels(helping, " or "), labels(shown, " and "));
  }

  private static String labels(Collection<KeyType> types, String last) {
    return types.stream().map(KeyType::label).collect(Collectors.joining(last));
  }

  /** Logs a refusal that another certificate would have prevented. */
  void log(String listener, String detail) {
    if (!detail.isEmpty()) {
      lines.write(
          leftOut ->
              LOG.warn(
                  "a client of listener '{}' was refused (no_common_signature): {}{}",
                  listener,
                  detail,
                  LogRateLimit.suffix(leftOut)));
    }
  }
}
