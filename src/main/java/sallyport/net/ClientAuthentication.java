package sallyport.net;

import org.jspecify.annotations.Nullable;

/**
 * Result of asking a client for its certificate.
 *
 * @param identity who it says it is; null when it showed no certificate
 * @param refusal why it gets nothing but an answer that says so; null when it is admitted
 * @param detail the same for people; null when it is admitted
 */
public record ClientAuthentication(
    @Nullable ClientIdentity identity, Failure.@Nullable Access refusal, @Nullable String detail) {
  /** No certificate was asked for, or none was needed. */
  public static final ClientAuthentication NONE = new ClientAuthentication(null, null, null);

  /** Returns the result for a client that is admitted. */
  public static ClientAuthentication of(ClientIdentity identity) {
    return new ClientAuthentication(identity, null, null);
  }
}
