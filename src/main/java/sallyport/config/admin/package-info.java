/**
 * Settings of the admin listeners: addresses, names, TLS, and the roles of operators.
 *
 * <p>Way in: {@link sallyport.config.admin.AdminReader}.
 */
@NullMarked
package sallyport.config.admin;

import org.jspecify.annotations.NullMarked;
