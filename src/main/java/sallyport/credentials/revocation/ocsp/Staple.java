package sallyport.credentials.revocation.ocsp;

import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.credentials.keys.KeyMaterial;

/**
 * OCSP answer about one server certificate, shown to clients that ask (RFC 6066 section 8). {@link
 * Staples} keeps it current.
 *
 * <p>Any thread; read on event loops.
 */
public final class Staple {
  private final KeyMaterial material;
  private final X509Certificate issuer;
  private final List<URI> responders;
  private final boolean required;
  private final Clock clock;
  private volatile @Nullable OcspAnswer answer;

  Staple(
      KeyMaterial material,
      X509Certificate issuer,
      List<URI> responders,
      boolean required,
      Clock clock) {
    this.material = material;
    this.issuer = issuer;
    this.responders = responders;
    this.required = required;
    this.clock = clock;
  }

  /** Returns the answer to show; null where none says that the certificate is good now. */
  public byte @Nullable [] current() {
    OcspAnswer inUse = answer;
    return inUse != null
            && inUse.status() == OcspAnswer.Status.GOOD
            && inUse.isCurrent(clock.instant())
        ? inUse.der()
        : null;
  }

  @Nullable OcspAnswer answer() {
    return answer;
  }

  void answered(OcspAnswer next) {
    answer = next;
  }

  /** Returns the certificate with its key. */
  public KeyMaterial material() {
    return material;
  }

  X509Certificate issuer() {
    return issuer;
  }

  /** Returns the responder of an attempt: another one each time, if there are several. */
  URI responder(int attempt) {
    return responders.get(attempt % responders.size());
  }

  /** Returns whether clients refuse the certificate without it. */
  public boolean isRequired() {
    return required;
  }
}
