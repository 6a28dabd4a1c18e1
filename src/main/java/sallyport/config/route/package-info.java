/**
 * Settings of routes: what they match, where they lead, what they change.
 *
 * <p>Way in: {@link sallyport.config.route.RouteReader}.
 */
@NullMarked
package sallyport.config.route;

import org.jspecify.annotations.NullMarked;
