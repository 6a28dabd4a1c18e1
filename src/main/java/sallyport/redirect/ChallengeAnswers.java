package sallyport.redirect;

import org.jspecify.annotations.Nullable;

/** What certificate authorities are answered that ask who answers for a host. */
@FunctionalInterface
public interface ChallengeAnswers {
  /**
   * Called on event loops; must not block.
   *
   * @param host that was asked, lower case
   * @param token the rest of the path, as it was sent
   * @return the key authorization (RFC 8555 section 8.1); null when none was promised
   */
  @Nullable String answer(String host, String token);
}
