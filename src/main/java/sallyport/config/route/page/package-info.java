/**
 * Pages of a route's own: texts from files, error pages, and maintenance.
 *
 * <p>Way in: {@link sallyport.config.route.page.PageReader}. Threads: immutable. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.config.route.page;

import org.jspecify.annotations.NullMarked;
