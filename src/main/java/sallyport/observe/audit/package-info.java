/** Security events and the audit log. */
@NullMarked
package sallyport.observe.audit;

import org.jspecify.annotations.NullMarked;
