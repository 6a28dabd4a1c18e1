/**
 * Controls, the clauses that ask for them, and the evidence of each.
 *
 * <p>Way in: {@link sallyport.comply.checklist.control.Control}, {@link
 * sallyport.comply.checklist.control.Findings}. Threads: none of its own. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.comply.checklist.control;

import org.jspecify.annotations.NullMarked;
