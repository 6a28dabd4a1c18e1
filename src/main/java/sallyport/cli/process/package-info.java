/**
 * The process that runs a gateway: its start, its signals and its end. Commands differ in the
 * configuration alone.
 *
 * <p>Way in: {@link sallyport.cli.process.GatewayProcess}. Threads: the main thread. Imports:
 * {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.cli.process;

import org.jspecify.annotations.NullMarked;
