/**
 * The commands of the product, and the start of its process. A command calls the package that does
 * the work, prints, and turns the result into an exit status. The only package that prints.
 *
 * <p>Way in: {@link sallyport.cli.Main}. Threads: the main thread. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.cli;

import org.jspecify.annotations.NullMarked;
