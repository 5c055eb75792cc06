package server

import "reflect"

// typeOf returns the type that the API's description is to explain.
func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }
