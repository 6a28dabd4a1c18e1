/**
 * Store of an account that several replicas share: which of them orders, and what the others answer
 * meanwhile.
 *
 * <p>Ways in: {@link sallyport.credentials.acme.store.Leadership} and {@link
 * sallyport.credentials.acme.store.SharedAnswers}. Nothing here runs on an event loop.
 */
@NullMarked
package sallyport.credentials.acme.store;

import org.jspecify.annotations.NullMarked;
