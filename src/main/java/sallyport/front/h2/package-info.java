/** A client's HTTP/2 connection: one handler, one object for each stream. */
@NullMarked
package sallyport.front.h2;

import org.jspecify.annotations.NullMarked;
