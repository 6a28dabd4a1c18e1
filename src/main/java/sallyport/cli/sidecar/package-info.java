/**
 * The command {@code sidecar}: a configuration that is made of options, and that {@code run} could
 * read from a file.
 *
 * <p>Way in: {@link sallyport.cli.sidecar.SidecarCommand}. Threads: the main thread. Imports:
 * {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.cli.sidecar;

import org.jspecify.annotations.NullMarked;
