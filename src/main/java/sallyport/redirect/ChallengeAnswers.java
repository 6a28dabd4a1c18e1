package sallyport.redirect;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Source of the answers to HTTP challenges of certificate authorities (RFC 8555 section 8.3). */
@FunctionalInterface
public interface ChallengeAnswers {
  /**
   * Returns the answer to a challenge. Called on event loops; must not block.
   *
   * @param host of the request, lower case
   * @param token the rest of the path, as received
   * @return the key authorization (RFC 8555 section 8.1); null without such a challenge
   */
  @Nullable String answer(String host, String token);

  /**
   * Looks for an answer that another replica has promised. Called on event loops; must not block.
   *
   * @param host of the request, lower case
   * @param token the rest of the path, as received
   * @return the end of the look, after which {@link #answer} knows; null where there is nothing to
   *     look for
   */
  default @Nullable CompletionStage<Void> look(String host, String token) {
    return null;
  }
}
