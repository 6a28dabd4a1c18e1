/** A request stream to a backend, as an exchange uses it: the same for HTTP/1.1 and HTTP/2. */
@NullMarked
package sallyport.connect.stream;

import org.jspecify.annotations.NullMarked;
