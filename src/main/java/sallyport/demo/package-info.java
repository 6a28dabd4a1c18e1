/**
 * A backend to try the gateway with, as demanding as a real one: it serves nobody without a client
 * certificate.
 *
 * <p>Way in: {@link sallyport.demo.Demo}. Threads: the JDK's HTTP server on virtual threads.
 * Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.demo;

import org.jspecify.annotations.NullMarked;
