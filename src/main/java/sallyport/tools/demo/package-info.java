/**
 * Parts of {@code sallyport demo}: a backend that demands a client certificate, and the gateway in
 * front of it, on loopback, with a development PKI.
 *
 * <p>Way in: {@link sallyport.tools.demo.Demo}, and {@link sallyport.tools.demo.DemoBackend} for
 * the backend alone. Threads: the backend has event loops of its own and shares none with the
 * gateway. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.tools.demo;

import org.jspecify.annotations.NullMarked;
