/** HTTP/2 to backends: one handler for each connection, one object for each stream. */
@NullMarked
package sallyport.connect.h2;

import org.jspecify.annotations.NullMarked;
