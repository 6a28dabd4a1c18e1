/**
 * What is wrong with a configuration, and where: locations and the exception that carries all
 * problems.
 *
 * <p>Way in: {@link sallyport.config.problem.InvalidConfiguration}. Depends on nothing of
 * Sallyport.
 */
@NullMarked
package sallyport.config.problem;

import org.jspecify.annotations.NullMarked;
