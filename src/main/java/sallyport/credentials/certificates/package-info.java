/**
 * Certificates as values: what they say, the rules for those that are shown to others, and the
 * names and pins of those that peers show.
 *
 * <p>Any thread; values are immutable.
 */
@NullMarked
package sallyport.credentials.certificates;

import org.jspecify.annotations.NullMarked;
