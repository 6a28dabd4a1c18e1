/**
 * Answers of the gateway's own, and the count and audit of refusals.
 *
 * <p>Way in: {@link sallyport.answer.Responder}, {@link sallyport.answer.RefusalLog}. Threads: any;
 * stateless. {@link sallyport.http.FailureTable} has the status of each failure. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.answer;

import org.jspecify.annotations.NullMarked;
