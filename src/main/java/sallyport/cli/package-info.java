/**
 * The command line: reads arguments, calls the package that does the work, prints, and turns what
 * happened into an exit status. It has the parser of every command, and the commands of the
 * product; those of the tools are in {@code sallyport.tools.cli}. The only package that prints.
 *
 * <p>Way in: {@link sallyport.cli.Main}. Threads: the main thread; {@link sallyport.cli.StopSignal}
 * is woken by the JVM's signal thread. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.cli;

import org.jspecify.annotations.NullMarked;
