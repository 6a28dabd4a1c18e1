/**
 * Runtime of one configuration: its listeners with their services, its upstreams and its
 * credentials.
 */
@NullMarked
package sallyport.gateway.runtime;

import org.jspecify.annotations.NullMarked;
