/**
 * The commands of the tools, for the product's own parser of command lines: {@code demo}, {@code
 * pki} and {@code train}. In target/sallyport-tools.jar, as all below {@code sallyport.tools} is.
 *
 * <p>Way in: {@link sallyport.tools.cli.ToolsMain}. Threads: the main thread. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.tools.cli;

import org.jspecify.annotations.NullMarked;
