package sallyport.credentials.revocation.ocsp;

import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.credentials.keys.KeyMaterial;

/**
 * What the issuer of one server certificate says of it, to be shown to clients that ask (RFC 6066
 * section 8). Read on event loops; see {@link Staples} for where it comes from.
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

  /** What to show; null when there is nothing that says that the certificate is good now. */
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

  /** The certificate. */
  public KeyMaterial material() {
    return material;
  }

  X509Certificate issuer() {
    return issuer;
  }

  /** Another one each time, where there are several. */
  URI responder(int attempt) {
    return responders.get(attempt % responders.size());
  }

  /** Whether clients refuse the certificate without it. */
  public boolean isRequired() {
    return required;
  }
}
