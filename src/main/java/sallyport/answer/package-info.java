/**
 * What the gateway itself answers, and how what it refuses is counted and audited.
 *
 * <p>Way in: {@link sallyport.answer.Responder}, {@link sallyport.answer.RefusalLog}. Threads: any;
 * stateless. What follows from which failure is in {@link sallyport.http.FailureTable}. Imports:
 * {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.answer;

import org.jspecify.annotations.NullMarked;
