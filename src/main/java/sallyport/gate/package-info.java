/**
 * Admission of requests: whether a request is admitted, and to which route.
 *
 * <p>Way in: {@link sallyport.gate.RequestGate}; redirecting listeners use its first half, {@link
 * sallyport.gate.HeadCheck}. Threads: immutable, any thread. Takes and returns values; uses no
 * channels, metrics or logs. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.gate;

import org.jspecify.annotations.NullMarked;
