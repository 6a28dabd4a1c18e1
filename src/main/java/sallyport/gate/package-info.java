/**
 * What a listener makes of the head of a request: whether it is admitted, and where it goes.
 *
 * <p>Way in: {@link sallyport.gate.RequestGate}; redirecting listeners use its first half, {@link
 * sallyport.gate.HeadCheck}. Threads: immutable, any thread. Takes and returns values: knows no
 * channels, metrics or logs. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.gate;

import org.jspecify.annotations.NullMarked;
