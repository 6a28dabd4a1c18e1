/**
 * Checks of the controls, by subject: each collects evidence of its controls.
 *
 * <p>Way in: {@link sallyport.comply.checklist.checks.Checks#of}. Threads: none of its own; reads
 * the modes of files and nothing else. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.comply.checklist.checks;

import org.jspecify.annotations.NullMarked;
