package sallyport.gateway;

import sallyport.credentials.rotation.Rotatable;

/**
 * Something that is opened from files, and what follows its rotation.
 *
 * @param afterwards runs once something new is in use; must not block
 */
record RotationSubject(Rotatable rotatable, Runnable afterwards) {}
