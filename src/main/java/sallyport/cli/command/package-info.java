/**
 * The frame of every command: the interface, the dispatcher, the parser on top of Commons CLI, the
 * help and the exit statuses. The commands of the product are in {@code sallyport.cli}, those of
 * the tools in {@code sallyport.tools.cli}.
 *
 * <p>Way in: {@link sallyport.cli.command.Dispatcher}. Threads: the main thread. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.cli.command;

import org.jspecify.annotations.NullMarked;
