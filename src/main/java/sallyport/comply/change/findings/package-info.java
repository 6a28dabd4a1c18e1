/**
 * Findings about one subject, and the comparison of limits that their records declare.
 *
 * <p>Way in: {@link sallyport.comply.change.findings.WeakeningList}. Threads: none of its own.
 * Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.comply.change.findings;

import org.jspecify.annotations.NullMarked;
