/**
 * Which request goes where: pure Java, no Netty.
 *
 * <p>Way in: {@link sallyport.route.RouteTable#match}. Threads: immutable. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.route;

import org.jspecify.annotations.NullMarked;
