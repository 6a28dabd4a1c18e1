/** HTTP/2 messages as HTTP objects, and the flow control of a connection (RFC 9113). */
@NullMarked
package sallyport.http.codec.h2;

import org.jspecify.annotations.NullMarked;
