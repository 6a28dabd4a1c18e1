/**
 * The training run of the start-up cache: a gateway in a process of its own, which the JVM watches,
 * with the demo backend and all clients in this one (docs/startup.md).
 *
 * <p>Way in: {@link sallyport.tools.training.Training}. Threads: the main thread, and a few for the
 * clients. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.tools.training;

import org.jspecify.annotations.NullMarked;
