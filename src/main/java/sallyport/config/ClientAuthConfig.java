package sallyport.config;

import org.jspecify.annotations.Nullable;

/**
 * Whether clients show a certificate.
 *
 * @param trust who may have issued it; never null unless the mode is {@link Mode#NONE}
 */
public record ClientAuthConfig(Mode mode, @Nullable TrustConfig trust) {
  /** What a client without a certificate gets. */
  public enum Mode {
    /** No certificate is asked for. */
    NONE,
    /** One is asked for; without one the connection goes on, with a bad one it ends. */
    OPTIONAL,
    /** Without a good one the handshake fails. */
    REQUIRED
  }
}
