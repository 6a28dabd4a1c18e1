/**
 * Files, environment variables and commands that certificates, keys and secrets are read from, with
 * a time limit for each.
 *
 * <p>Way in: {@link sallyport.credentials.sources.Sources}. Any thread but those of event loops: it
 * blocks.
 */
@NullMarked
package sallyport.credentials.sources;

import org.jspecify.annotations.NullMarked;
