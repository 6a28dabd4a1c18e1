/** A client's HTTP/1 connection: its requests one after the other, and their timeouts. */
@NullMarked
package sallyport.front.h1;

import org.jspecify.annotations.NullMarked;
