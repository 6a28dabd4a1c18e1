/**
 * Settings of copies of requests.
 *
 * <p>Way in: {@link sallyport.config.route.mirror.MirrorConfig}. Threads: immutable. Imports:
 * {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.config.route.mirror;

import org.jspecify.annotations.NullMarked;
