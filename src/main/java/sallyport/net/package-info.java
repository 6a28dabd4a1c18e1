/** Connections below every protocol: peers, identity, events and failures. Knows no HTTP. */
@NullMarked
package sallyport.net;

import org.jspecify.annotations.NullMarked;
