package sallyport.net;

import org.jspecify.annotations.Nullable;

/**
 * Outcome of the request for a client's certificate. Immutable.
 *
 * @param identity of the certificate; null without a certificate
 * @param refusal the answer to all of the client's requests; null when the client is accepted
 * @param detail the same for people; null when the client is accepted
 */
public record ClientAuthentication(
    @Nullable ClientIdentity identity, Failure.@Nullable Access refusal, @Nullable String detail) {
  /** Outcome without a certificate, where none was requested or none is required. */
  public static final ClientAuthentication NONE = new ClientAuthentication(null, null, null);

  /** Returns the outcome for an accepted client with a certificate. */
  public static ClientAuthentication of(ClientIdentity identity) {
    return new ClientAuthentication(identity, null, null);
  }
}
