package sallyport.config;

import org.jspecify.annotations.Nullable;

/**
 * What changes on the way to the backend.
 *
 * @param prefix takes the place of the route's path; {@code "/"} strips it; null: unchanged
 * @param host takes the place of the client's Host; null: unchanged
 */
public record RewriteConfig(@Nullable String prefix, @Nullable String host) {}
