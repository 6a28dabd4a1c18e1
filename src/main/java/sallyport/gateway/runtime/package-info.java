/** The runtime of one configuration: its listeners, routes, upstreams and credentials. */
@NullMarked
package sallyport.gateway.runtime;

import org.jspecify.annotations.NullMarked;
