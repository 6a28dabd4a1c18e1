/** The access log: one line for each exchange. */
@NullMarked
package sallyport.observe.access;

import org.jspecify.annotations.NullMarked;
