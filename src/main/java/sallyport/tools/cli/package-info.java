/**
 * The commands of the tools: {@code demo}, {@code pki} and {@code train}. They are in
 * target/sallyport-tools.jar with all of {@code sallyport.tools}.
 *
 * <p>Way in: {@link sallyport.tools.cli.ToolsMain}. Threads: the main thread. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.tools.cli;

import org.jspecify.annotations.NullMarked;
