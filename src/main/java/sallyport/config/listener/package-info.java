/**
 * Settings of listeners: addresses, limits, trusted proxies.
 *
 * <p>Way in: {@link sallyport.config.listener.ListenerReader}.
 */
@NullMarked
package sallyport.config.listener;

import org.jspecify.annotations.NullMarked;
