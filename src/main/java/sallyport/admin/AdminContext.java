package sallyport.admin;

import java.util.Set;
import java.util.function.Supplier;
import sallyport.config.admin.AdminListenerConfig;
import sallyport.observe.audit.AuditLog;

/**
 * Parts that all connections to one admin listener share. Any thread.
 *
 * @param listener its settings now
 * @param hosts names that are answered now, besides addresses and localhost
 */
public record AdminContext(
    Supplier<AdminListenerConfig> listener,
    Supplier<Set<String>> hosts,
    AdminPages pages,
    AuditLog audit) {}
