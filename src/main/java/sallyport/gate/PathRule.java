package sallyport.gate;

import io.netty.handler.codec.http.HttpRequest;
import org.jspecify.annotations.Nullable;
import sallyport.http.request.RequestTarget;

/** Rule for the canonical form of paths. Any thread. */
@FunctionalInterface
public interface PathRule {
  /**
   * Returns the target in canonical form.
   *
   * @param host null if it is not known
   * @param head of the request
   * @return null if the path is ambiguous and refused
   */
  @Nullable RequestTarget canonical(RequestTarget target, @Nullable String host, HttpRequest head);
}
