/**
 * Set-up of the logs: the default without a Logback configuration, the inspection of one that is
 * named, and their stop.
 *
 * <p>Way in: {@link sallyport.logging.setup.Logs}. Threads: any. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.logging.setup;

import org.jspecify.annotations.NullMarked;
