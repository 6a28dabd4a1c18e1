package sallyport.gate;

import org.jspecify.annotations.Nullable;
import sallyport.http.request.RequestTarget;

/** The form that a listener gives to paths before it looks at them. */
@FunctionalInterface
public interface PathRule {
  /**
   * @param host null when it is not known
   * @return null when the path can be read in two ways, and is refused for that
   */
  @Nullable RequestTarget canonical(RequestTarget target, @Nullable String host);
}
